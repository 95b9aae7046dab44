package org.posthorn.spool.chain;

import java.util.List;
import org.posthorn.mailet.Mailet;
import org.posthorn.mailet.Matcher;
import org.posthorn.spool.plugin.Watch;

/// Recipients that `matcher` chooses go through `mailet`. `watches` look after those of them that
/// need it; `closings` are to be run when the step is used no more.
record Step(
    String label, Matcher matcher, Mailet mailet, List<Watch> watches, List<Runnable> closings) {
  Step(String label, Matcher matcher, Mailet mailet) {
    this(label, matcher, mailet, List.of(), List.of());
  }
}
