package org.posthorn.smtp.outbound;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import org.xbill.DNS.CNAMERecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.ExtendedFlags;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Resolver;
import org.xbill.DNS.Section;
import org.xbill.DNS.TextParseException;
import org.xbill.DNS.dnssec.ValidatingResolver;

/// Questions to the DNS whose answers say whether DNSSEC proves them (RFC 4035). What is kept of
/// them is bounded: anybody can make us ask for names of his own, with answers of 64 KiB or a
/// thousand records, and such answers are not kept. Safe for use by many threads.
final class ProvenDns {
  private static final int UDP_BYTES = 1_232;
  private static final int CACHE_MAX = 5_000;
  private static final long KEPT_MAX_SECONDS = 300;
  private static final int ALIASES_MAX = 8;

  private final Resolver resolver;
  private final Duration limit;
  private final Map<Question, Kept> cache =
      new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Question, Kept> eldest) {
          return size() > CACHE_MAX;
        }
      };

  private record Question(String name, int type) {}

  private record Kept(Answer answer, long untilNanos) {}

  /// What is there, and whether that is proven.
  sealed interface Answer {
    /// Proven: these records (also that there are none), found by `name`, to which aliases led.
    record Secure(String name, List<Record> records) implements Answer {
      public Secure {
        records = List.copyOf(records);
      }
    }

    /// The domain is not signed, or the one to which an alias led (`behindAlias`).
    record Insecure(boolean behindAlias) implements Answer {}

    /// The signatures are wrong, or nobody answered.
    record Unknown(String why) implements Answer {}
  }

  private ProvenDns(Resolver resolver, Duration limit) {
    this.resolver = resolver;
    this.limit = limit;
  }

  /// Believes the servers' own word (the AD bit): they must be on this machine, or be reached by a
  /// way that nobody else can write to.
  static ProvenDns byServers(Resolver servers, Duration limit) {
    servers.setEDNS(0, UDP_BYTES, ExtendedFlags.DO);
    return new ProvenDns(servers, limit);
  }

  /// Believes only signatures that lead to `anchors`, DS records of the root. Any servers will do
  /// that pass signatures on.
  static ProvenDns bySignatures(Resolver servers, Duration limit, List<String> anchors) {
    ValidatingResolver validating = new ValidatingResolver(servers);
    String zone = anchors.stream().map(ds -> ". IN DS " + ds + "\n").collect(Collectors.joining());
    try {
      validating.loadTrustAnchors(
          new ByteArrayInputStream(zone.getBytes(StandardCharsets.US_ASCII)));
    } catch (IOException e) {
      throw new IllegalArgumentException(
          "outbound.trust.trust-anchors must be DS records such as '20326 8 2 E06D…'", e);
    }
    return new ProvenDns(validating, limit);
  }

  /// The records of a name and a type.
  Answer ask(String name, int type) {
    var question = new Question(name.toLowerCase(Locale.ROOT), type);
    synchronized (cache) {
      Kept kept = cache.get(question);
      if (kept != null && kept.untilNanos - System.nanoTime() > 0) {
        return kept.answer;
      }
    }
    try {
      Name asked = Name.fromString(name, Name.root);
      return answer(question, asked, send(Record.newRecord(asked, type, DClass.IN)));
    } catch (TextParseException _) {
      return new Answer.Insecure(/* behindAlias= */ false);
    } catch (IOException silent) {
      return new Answer.Unknown(Greeting.reason(silent));
    }
  }

  private Message send(Record question) throws IOException {
    Message query = Message.newQuery(question);
    query.getHeader().setFlag(Flags.AD);
    try {
      return resolver
          .sendAsync(query)
          .toCompletableFuture()
          .get(limit.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException | TimeoutException e) {
      throw new IOException("no DNS server answered for " + shown(question.getName()), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("the server is stopping", e);
    }
  }

  private Answer answer(Question question, Name asked, Message reply) {
    int code = reply.getRcode();
    if (code != Rcode.NOERROR && code != Rcode.NXDOMAIN) {
      return new Answer.Unknown(
          "the DNS could not answer for "
              + question.name
              + ", or what it says is not signed as it must be");
    }
    List<Record> records = reply.getSection(Section.ANSWER);
    Name name = canonical(asked, records);
    Answer answer = new Answer.Insecure(!name.equals(asked));
    if (reply.getHeader().getFlag(Flags.AD)) {
      answer =
          new Answer.Secure(
              shown(name),
              records.stream()
                  .filter(one -> one.getType() == question.type && one.getName().equals(name))
                  .toList());
    }
    long seconds =
        reply.getSection(Section.ANSWER).stream()
            .mapToLong(Record::getTTL)
            .min()
            .orElse(KEPT_MAX_SECONDS / 5);
    if (!(answer instanceof Answer.Secure(_, var found)) || KeptAnswers.isSmall(found)) {
      synchronized (cache) {
        long kept = TimeUnit.SECONDS.toNanos(Math.min(seconds, KEPT_MAX_SECONDS));
        cache.put(question, new Kept(answer, System.nanoTime() + kept));
      }
    }
    return answer;
  }

  private static Name canonical(Name asked, List<Record> records) {
    Name name = asked;
    for (int count = 0; count < ALIASES_MAX; count++) {
      Name now = name;
      var alias =
          records.stream()
              .filter(one -> one instanceof CNAMERecord && one.getName().equals(now))
              .findFirst();
      if (alias.isEmpty() || !(alias.get() instanceof CNAMERecord cname)) {
        break;
      }
      name = cname.getTarget();
    }
    return name;
  }

  private static String shown(Name name) {
    return name.toString(/* omitFinalDot= */ true).toLowerCase(Locale.ROOT);
  }
}
