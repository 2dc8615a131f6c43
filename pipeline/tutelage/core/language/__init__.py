"""Words, sentences, questions and numbers of any script: text in, plain forms and verdicts out.

Whatever cuts or compares text starts here, so that no language is left out by accident.
"""
