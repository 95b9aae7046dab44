package org.posthorn.storage.account;

import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.posthorn.message.MailId;
import org.posthorn.storage.engine.Batch;

/// Which messages came in that come in once, however often they are brought: deliveries, known by
/// their mails, and imports, known by their keys at the source. Confined to the draft's thread.
final class DraftArrivals {
  private final Draft.Surroundings around;
  private final Unwritten unwritten;
  private final Batch rows;
  private final Instant now;
  private final Map<Unwritten.Delivery, Long> deliveries = new HashMap<>(2);
  private final Edited<Map<SourceKey, Optional<Imported>>> imports =
      new Edited<>(Map.of(), HashMap::new);

  DraftArrivals(Draft.Surroundings around, Unwritten unwritten, Batch rows, Instant now) {
    this.around = around;
    this.unwritten = unwritten;
    this.rows = rows;
    this.now = now;
  }

  boolean has(Unwritten.Delivery delivery) {
    return deliveries.containsKey(delivery) || around.deliveries().known(delivery, unwritten);
  }

  /// Whether this of the mail was delivered, for whomever.
  boolean isShared(MailId mail, long what) {
    return Deliveries.isOf(mail, what, deliveries)
        || around.deliveries().isShared(mail, what, unwritten);
  }

  /// The UID is 0 where another recipient's message is this one's too.
  void add(Unwritten.Delivery delivery, long what, MailboxId mailbox, long uid) {
    deliveries.put(delivery, what);
    around.deliveries().write(delivery, what, mailbox, uid, now, rows);
  }

  Optional<Imported> find(SourceKey source) {
    Optional<Imported> made = imports.now().get(source);
    if (made == null) {
      made = unwritten.imports().get(source);
    }
    return made != null
        ? made
        : around.rows().get(Keys.imported(source)).map(row -> Imported.decode(source, row));
  }

  void put(Imported imported) {
    imports.writable().put(imported.source(), Optional.of(imported));
    rows.put(Keys.imported(imported.source()), imported.encode());
  }

  void forget(SourceKey source) {
    imports.writable().put(source, Optional.empty());
    rows.delete(Keys.imported(source));
  }

  boolean any() {
    return imports.isChanged() || !deliveries.isEmpty();
  }

  /// The next changes of the round see them.
  void finish() {
    unwritten.deliveries().putAll(deliveries);
    unwritten.imports().putAll(imports.now());
  }
}
