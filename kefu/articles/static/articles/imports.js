/* How far an import is draws itself anew while it goes. */
import "../vendor/htmx.js";
