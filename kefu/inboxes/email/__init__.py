"""Mail: taken in, told apart, threaded; written, sent, and asked after."""
