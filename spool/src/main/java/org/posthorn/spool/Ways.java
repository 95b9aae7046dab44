package org.posthorn.spool;

import java.util.Optional;
import org.posthorn.message.AddressText;
import org.posthorn.message.MailAddress;
import org.posthorn.spool.Carrier.Way;
import org.posthorn.storage.queue.RecipientState;

/// Which way mail goes that is on its way to other servers: where the chain or an operator has sent
/// it, or else as the configuration says. Safe for use by many threads.
record Ways(Carrier carrier) {
  Way of(Optional<MailAddress> sender, RecipientState.Outgoing state) {
    return state.via().map(Ways::named).orElseGet(() -> carrier.way(sender, state.domain()));
  }

  private static Way named(RecipientState.Via via) {
    String host = AddressText.ofHost(via.host(), via.port());
    String door =
        Way.doorWords(via.credentials(), via.tls()) + ", sent there by a step or an operator";
    return new Way(host, host, Way.NAMED, Carrier.Pace.USUAL, true, 0, Optional.of(door));
  }
}
