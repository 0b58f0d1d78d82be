// What the pages of contacts do in the browser. Listens on the document.
