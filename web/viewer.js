// Shows openapi.json in the viewer that the page names; says so where that has not been installed.
"use strict";

const place = document.getElementById("viewer");

function missing() {
  place.className = "missing";
  place.textContent =
    "This viewer comes from npm and has not been installed. Run \"make web VIEWERS=yes\" to install it, " +
    "then \"make run\". The description itself is openapi.json, above.";
}

if (document.body.dataset.viewer === "swagger-ui" && window.SwaggerUIBundle) {
  window.SwaggerUIBundle({
    url: "openapi.json",
    domNode: place,
    presets: [window.SwaggerUIBundle.presets.apis],
    validatorUrl: null, // no other server is asked
    tryItOutEnabled: true,
    displayRequestDuration: true,
  });
} else if (document.body.dataset.viewer === "redoc" && window.Redoc) {
  window.Redoc.init("openapi.json", { disableSearch: false, hideDownloadButtons: true }, place);
} else {
  missing();
}
