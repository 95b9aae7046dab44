package org.posthorn.spool.chain;

import java.util.List;
import org.posthorn.mailet.Mailet;
import org.posthorn.mailet.Matcher;
import org.posthorn.spool.plugin.Watch;

/// Recipients that `matcher` chooses go through `mailet`. `watches` look after those of them that
/// need it; `closings` are to be run when the step is used no more. `where` is its place in the
/// configuration, such as `chain.yaml:12`; empty when nobody knows.
record Step(
    String label,
    String where,
    Matcher matcher,
    Mailet mailet,
    List<Watch> watches,
    List<Runnable> closings) {
  Step(String label, Matcher matcher, Mailet mailet) {
    this(label, "", matcher, mailet, List.of(), List.of());
  }
}
