"""The adapters: each way in and out of the desk is a folder here."""
