"""How it spreads: links, QR codes, and the pictures of a guide's steps."""
