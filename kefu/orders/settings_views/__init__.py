"""The desk's settings of where orders come from, what is sold, and who tells where parcels are."""
