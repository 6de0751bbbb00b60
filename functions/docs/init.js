SwaggerUIBundle({
  dom_id: "#docs",
  // Absolute, because what the document says of servers is relative to where it lies.
  url: new URL("openapi.json", document.baseURI).href,
  deepLinking: true,
  defaultModelsExpandDepth: 0,
  // Nothing leaves for a third party: no badge of an online validator.
  validatorUrl: null,
});
