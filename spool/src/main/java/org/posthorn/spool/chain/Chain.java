package org.posthorn.spool.chain;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.posthorn.mailet.Mail;
import org.posthorn.storage.queue.RecipientState;
import org.posthorn.storage.queue.RecipientState.Place;

/// All processors. Immutable, safe for use by many threads.
public final class Chain {
  /// Where new mail starts.
  public static final String ROOT = "root";

  /// Where recipients go that cannot be reached.
  public static final String BOUNCES = "bounces";

  /// Where mail goes that the chain itself could not deal with.
  public static final String DEAD_LETTERS = RecipientState.DEAD_LETTERS;

  static final Set<String> REQUIRED = Set.of(ROOT, BOUNCES, DEAD_LETTERS);

  private final Map<String, Processor> processors = new LinkedHashMap<>();

  Chain(List<Processor> processors) {
    processors.forEach(processor -> this.processors.put(processor.name(), processor));
  }

  /// Leads the recipients of `mail` through the chain from a step on, as far as they get.
  public void run(Mail mail, Place from, Journal journal) {
    new ChainRun(this, journal).run(mail, from);
  }

  public Set<String> processorNames() {
    return Set.copyOf(processors.keySet());
  }

  Optional<Processor> find(String name) {
    return Optional.ofNullable(processors.get(name));
  }
}
