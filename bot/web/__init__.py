"""What a browser sees: the FastAPI app with the platforms' webhooks, the web chat, landing pages and pictures."""
