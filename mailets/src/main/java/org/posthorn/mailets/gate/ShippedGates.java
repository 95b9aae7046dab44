package org.posthorn.mailets.gate;

import java.util.List;
import org.posthorn.mailet.GateFactory;
import org.posthorn.mailets.auth.SenderAuth;

/// The list of the gates that ship.
public final class ShippedGates {
  private ShippedGates() {}

  public static List<GateFactory<?>> all() {
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
        new SenderAuth.Factory(),
        new SenderDomain.Factory(),
        new Tarpit.Factory());
  }
}
