package org.posthorn.spool.chain;

import org.posthorn.mailet.Mailet;
import org.posthorn.mailet.Matcher;

/// Recipients that `matcher` chooses go through `mailet`.
record Step(String label, Matcher matcher, Mailet mailet) {}
