"""Elements in another folder, with modules and style sheets of their own."""
