package org.posthorn.smtp.outbound;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.SimpleResolver;

/// One DNS server: one that does not understand EDNS is asked again without (RFC 6891 §7). Safe for
/// use by many threads.
final class NameServer extends SimpleResolver {
  private static final int NO_EDNS = -1;

  private final SimpleResolver plainly;

  NameServer(InetSocketAddress address) {
    super(address);
    plainly = new SimpleResolver(address);
    plainly.setEDNS(NO_EDNS);
  }

  @Override
  public void setTimeout(Duration timeout) {
    super.setTimeout(timeout);
    plainly.setTimeout(timeout);
  }

  @Override
  public CompletionStage<Message> sendAsync(Message query, Executor executor) {
    return super.sendAsync(query, executor)
        .thenCompose(answer ->
            refusesEdns(answer)
                ? plainly.sendAsync(query, executor)
                : CompletableFuture.completedFuture(answer));
  }

  private static boolean refusesEdns(Message answer) {
    int rcode = answer.getRcode();
    return (rcode == Rcode.FORMERR || rcode == Rcode.NOTIMP) && answer.getOPT() == null;
  }
}
