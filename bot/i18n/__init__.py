"""In which words: catalogues, folding, dates, numbers."""
