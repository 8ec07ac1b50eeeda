"""Dẫn Lối: guides citizens through public e-services in the chat app they already have."""
