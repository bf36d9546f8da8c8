"""What a customer's words are about, answers with their source, and the assistant that gives them."""
