"""The log of everything that happened; readers with cursors; live screens; outgoing deliveries."""
