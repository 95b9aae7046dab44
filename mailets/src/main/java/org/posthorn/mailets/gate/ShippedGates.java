package org.posthorn.mailets.gate;

import java.util.List;
import java.util.function.Supplier;
import org.posthorn.mailet.GateFactory;
import org.posthorn.mailets.auth.SenderAuth;
import org.posthorn.senderauth.dmarc.DmarcObserver;

/// The list of the gates that ship.
public final class ShippedGates {
  private ShippedGates() {}

  /// For the gates of one configuration: the next one wants a list of its own. The observer is
  /// asked for when a gate is made that needs it.
  public static List<GateFactory<?>> all(Supplier<DmarcObserver> observer) {
    return List.of(
        new AccessList.Factory(),
        new ClamAv.Factory(),
        new Concurrency.Factory(),
        new DnsList.Factory(),
        new Greylist.Factory(),
        new HeaderSanity.Factory(),
        new HelloCheck.Factory(),
        new Milter.Factory(),
        new RateLimit.Factory(),
        new ReverseDns.Factory(),
        new Rspamd.Factory(),
        new SenderAuth.Factory(observer),
        new SenderDomain.Factory(),
        new Tarpit.Factory());
  }
}
