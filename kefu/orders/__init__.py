"""What customers bought: products, orders, shipments, payments and store credit; where orders come from, and looking
them up by number and a second fact.
"""
