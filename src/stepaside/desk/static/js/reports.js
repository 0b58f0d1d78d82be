// What the pages of reports do in the browser. Listens on the document.
