// What the pages of bots do in the browser. Listens on the document.
