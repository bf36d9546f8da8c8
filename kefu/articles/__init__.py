"""The help centre's content: articles, manuals and announcements, in both languages, with their versions;
and the search that finds them.
"""
