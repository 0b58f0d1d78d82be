// What the pages of settings do in the browser. Listens on the document.
