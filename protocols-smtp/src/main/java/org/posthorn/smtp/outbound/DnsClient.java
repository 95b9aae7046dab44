package org.posthorn.smtp.outbound;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.xbill.DNS.AAAARecord;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.ExtendedResolver;
import org.xbill.DNS.MXRecord;
import org.xbill.DNS.Name;
import org.xbill.DNS.PTRRecord;
import org.xbill.DNS.Record;
import org.xbill.DNS.Resolver;
import org.xbill.DNS.ResolverConfig;
import org.xbill.DNS.ReverseMap;
import org.xbill.DNS.TXTRecord;
import org.xbill.DNS.TextParseException;
import org.xbill.DNS.Type;
import org.xbill.DNS.lookup.LookupSession;
import org.xbill.DNS.lookup.NoSuchDomainException;
import org.xbill.DNS.lookup.NoSuchRRSetException;

/// Questions to the DNS, with what it answered kept as long as it allows; the system's hosts file
/// goes before it. Names are always whole: no search list is tried. Safe for use by many threads.
final class DnsClient implements ZoneDns {
  /// CNAMEs on the way to an answer.
  private static final int REDIRECTS_MAX = 8;

  /// All servers are asked in turn, so often: one that does not answer leaves time for the others.
  /// (The resolver's own retries would ask the first one until the time is up.)
  private static final int ROUNDS = 2;

  static {
    // Its hook would take the DNS away from the mails that a stop waits for; a first question amid
    // a stop would even throw. Its thread is a daemon and needs no end.
    System.setProperty("dnsjava.nio.register_shutdown_hook", "false");
  }

  private final LookupSession session;
  private final Duration limit;

  /// Asks `servers`, or those of the system if there are none.
  DnsClient(List<InetSocketAddress> servers, Duration timeout) {
    this(
        questions(servers, timeout).cache(new KeptAnswers()).defaultHostsFileParser().build(),
        timeout);
  }

  private DnsClient(LookupSession session, Duration timeout) {
    this.session = session;
    this.limit = timeout.plusSeconds(1);
  }

  /// Asks each time, and the DNS alone.
  static ZoneDns withoutMemory(List<InetSocketAddress> servers, Duration timeout) {
    return new DnsClient(questions(servers, timeout).build(), timeout);
  }

  private static LookupSession.LookupSessionBuilder questions(
      List<InetSocketAddress> servers, Duration timeout) {
    return LookupSession.builder().resolver(resolver(servers, timeout)).maxRedirects(REDIRECTS_MAX);
  }

  /// Asks `servers` in turn, or those of the system if there are none.
  static Resolver resolver(List<InetSocketAddress> servers, Duration timeout) {
    return servers.isEmpty()
        ? new SystemNameServers(
            DnsClient::serversOfSystem, System::nanoTime, now -> inTurn(now, timeout))
        : inTurn(servers, timeout);
  }

  /// One at a time: the library forgets all before it reads anew, and what others read is shared.
  private static synchronized List<InetSocketAddress> serversOfSystem() {
    ResolverConfig.refresh();
    return ResolverConfig.getCurrentConfig().servers();
  }

  static Resolver inTurn(List<InetSocketAddress> servers, Duration timeout) {
    List<Resolver> rounds = new ArrayList<>();
    for (int round = 0; round < ROUNDS; round++) {
      servers.forEach(server -> rounds.add(new NameServer(server)));
    }
    ExtendedResolver all = new ExtendedResolver(rounds);
    // The library looks at these once a second, so much less than a second is as good as one.
    rounds.forEach(one -> one.setTimeout(timeout.dividedBy(rounds.size())));
    all.setTimeout(timeout);
    all.setRetries(1);
    return all;
  }

  @Override
  public Answer<Exchanger> exchangers(String domain) {
    return mapped(
        ask(domain, Type.MX),
        record ->
            record instanceof MXRecord mx
                ? Optional.of(new Exchanger(mx.getPriority(), text(mx.getTarget())))
                : Optional.empty());
  }

  /// IPv6 and IPv4 in turns, so that a broken half does not use up all tries.
  @Override
  public Answer<InetAddress> addresses(String host) {
    Answer<Record> six = ask(host, Type.AAAA);
    Answer<Record> four = ask(host, Type.A);
    List<InetAddress> sixes = addressesIn(six);
    List<InetAddress> fours = addressesIn(four);
    List<InetAddress> all = new ArrayList<>();
    for (int i = 0; i < Math.max(sixes.size(), fours.size()); i++) {
      if (i < sixes.size()) {
        all.add(sixes.get(i));
      }
      if (i < fours.size()) {
        all.add(fours.get(i));
      }
    }
    if (all.isEmpty() && four instanceof Answer.Unknown<Record>(var why)) {
      return new Answer.Unknown<>(why);
    }
    if (all.isEmpty() && six instanceof Answer.Unknown<Record>(var why)) {
      return new Answer.Unknown<>(why);
    }
    return all.isEmpty() && four instanceof Answer.NoSuchName<Record>
        ? new Answer.NoSuchName<>()
        : new Answer.Records<>(all);
  }

  @Override
  public Answer<InetAddress> ipv4Addresses(String host) {
    Answer<Record> answer = ask(host, Type.A);
    return mapped(answer, addressesIn(answer));
  }

  @Override
  public Answer<InetAddress> ipv6Addresses(String host) {
    Answer<Record> answer = ask(host, Type.AAAA);
    return mapped(answer, addressesIn(answer));
  }

  @Override
  public Answer<String> texts(String name) {
    return mapped(
        ask(name, Type.TXT),
        record -> record instanceof TXTRecord txt ? Optional.of(joined(txt)) : Optional.empty());
  }

  @Override
  public Answer<String> records(String name, String type) {
    return mapped(
        ask(name, Type.value(type)),
        record ->
            Optional.of(record instanceof TXTRecord txt ? joined(txt) : record.rdataToString()));
  }

  private static String joined(TXTRecord record) {
    return record.getStringsAsByteArrays().stream()
        .map(piece -> new String(piece, StandardCharsets.ISO_8859_1))
        .collect(Collectors.joining());
  }

  @Override
  public Answer<String> names(InetAddress address) {
    return mapped(
        ask(ReverseMap.fromAddress(address).toString(), Type.PTR),
        record ->
            record instanceof PTRRecord ptr
                ? Optional.of(text(ptr.getTarget()))
                : Optional.empty());
  }

  private static <T> Answer<T> mapped(
      Answer<Record> answer, Function<Record, Optional<T>> reading) {
    return mapped(
        answer, answer.found().stream().flatMap(record -> reading.apply(record).stream()).toList());
  }

  private static <T> Answer<T> mapped(Answer<Record> answer, List<T> records) {
    return switch (answer) {
      case Answer.Records<Record> _ -> new Answer.Records<>(records);
      case Answer.NoSuchName<Record> _ -> new Answer.NoSuchName<>();
      case Answer.Unknown<Record>(var why) -> new Answer.Unknown<>(why);
    };
  }

  private static List<InetAddress> addressesIn(Answer<Record> answer) {
    List<InetAddress> found = new ArrayList<>();
    if (answer instanceof Answer.Records<Record>(var records)) {
      for (Record record : records) {
        switch (record) {
          case ARecord a -> found.add(a.getAddress());
          case AAAARecord aaaa -> found.add(withoutName(aaaa.getAddress()));
          default -> {}
        }
      }
    }
    return found;
  }

  private static InetAddress withoutName(InetAddress address) {
    try {
      return InetAddress.getByAddress(address.getAddress());
    } catch (UnknownHostException e) {
      throw new IllegalStateException("An address of a wrong length", e);
    }
  }

  private Answer<Record> ask(String domain, int type) {
    CompletableFuture<List<Record>> asked;
    try {
      Name name = Name.fromString(domain, Name.root);
      asked =
          session
              .lookupAsync(name, type)
              .thenApply(org.xbill.DNS.lookup.LookupResult::getRecords)
              .toCompletableFuture();
    } catch (TextParseException _) {
      return new Answer.NoSuchName<>();
    }
    try {
      return new Answer.Records<>(asked.get(limit.toMillis(), TimeUnit.MILLISECONDS));
    } catch (ExecutionException e) {
      return switch (e.getCause()) {
        case NoSuchDomainException _ -> new Answer.NoSuchName<>();
        case NoSuchRRSetException _ -> new Answer.Records<>(List.of());
        case IOException _ -> new Answer.Unknown<>("no DNS server answered for " + domain);
        case null, default -> new Answer.Unknown<>("the DNS could not answer for " + domain);
      };
    } catch (TimeoutException _) {
      asked.cancel(false);
      return new Answer.Unknown<>("no DNS server answered for " + domain);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      return new Answer.Unknown<>("the server is stopping");
    }
  }

  private static String text(Name name) {
    return name.equals(Name.root)
        ? ""
        : name.toString(/* omitFinalDot= */ true).toLowerCase(Locale.ROOT);
  }
}
