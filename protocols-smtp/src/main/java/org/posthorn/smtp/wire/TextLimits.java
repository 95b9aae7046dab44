package org.posthorn.smtp.wire;

/// How big the text of a message and a line in it may be.
public record TextLimits(long messageMaxBytes, int lineMaxBytes) {}
