/* The one script of a page; the browser loads the rest from here. Rooms bring their own nonce'd module beside it. */

import "./trusted.js";
import "./menu.js";
import "./dialog.js";
import "./confirm.js";
import "./toast.js";
import "./tooltip.js";
import "./tabs.js";
import "./combobox.js";
import "./filedrop.js";
import "./theme.js";
import "./times.js";
import "./table.js";
import "./password.js";
