"""Those who move the money: one contract, an adapter for each payment provider, and a scripted one of our own
that answers slowly, twice, wrongly or not at all. Knows no models: refunds, retries and guards are the room's.
"""
