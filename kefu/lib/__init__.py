"""Things that know nothing of customer service: ids, encryption, files, HTML, outbound HTTP, text."""
