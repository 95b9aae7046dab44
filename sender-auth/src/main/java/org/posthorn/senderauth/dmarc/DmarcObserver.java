package org.posthorn.senderauth.dmarc;

import java.net.InetAddress;
import java.util.List;
import org.posthorn.senderauth.results.MethodResult;

/// Hears of every message that was judged, to report it to its author's domain. Safe for use by
/// many threads; may not throw, and may not wait for others.
@FunctionalInterface
public interface DmarcObserver {
  void judged(Judged message);

  /// A message and what became of it.
  ///
  /// @param envelope the sender's domain, empty for reports
  /// @param checks what SPF and DKIM have found
  record Judged(
      InetAddress client,
      String envelope,
      DmarcResult result,
      List<MethodResult> checks,
      DmarcPolicy applied,
      Exemption exemption) {
    public Judged {
      checks = List.copyOf(checks);
    }
  }

  /// Why something else was done than the domain wants (RFC 9990 §3.1).
  enum Exemption {
    NO,
    LOCAL_POLICY,
    TRUSTED_FORWARDER,
    POLICY_TEST_MODE
  }
}
