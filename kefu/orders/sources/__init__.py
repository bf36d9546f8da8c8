"""Shops that orders come from by themselves: each says how a page of them is asked for, and reads it into the normal
form. Webhooks only say that something changed; what it is now is then asked for, so that late news does no harm.
"""
