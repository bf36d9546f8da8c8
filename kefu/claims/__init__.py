"""What customers ask for after a sale: cancellation, refund, return, exchange and warranty,
judged by published policies, and the money going back.
"""
