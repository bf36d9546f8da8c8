import "../vendor/htmx.js";
