package org.posthorn.senderauth.dmarc;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.posthorn.mailet.Dns;
import org.posthorn.mailet.Dns.Answer;
import org.posthorn.senderauth.dmarc.DmarcRecord.Boundary;

/// The policies of a domain and of those above it, at most eight questions (RFC 9989 §4.10), and
/// what they say of who belongs together. It asks only as far as somebody wants to know: the mail
/// of a domain that has a policy of its own, and has signed itself, is one question. Used by one
/// thread.
///
/// The list of public suffixes is a floor: where a suffix such as `co.uk` publishes a policy and
/// does not say that it is one, those under it would all be one organization, and each could send
/// as the other.
final class TreeWalk {
  private static final int LABELS_MAX = 7;

  record Found(String domain, DmarcRecord record) {}

  /// The DNS did not answer.
  static final class Silence extends Exception {
    private static final long serialVersionUID = 1L;

    Silence(String why) {
      super(why, null, /* enableSuppression= */ false, /* writableStackTrace= */ false);
    }

    String why() {
      String message = getMessage();
      return message == null ? "" : message;
    }
  }

  private final String start;
  private final Dns dns;
  private final List<Found> found = new ArrayList<>();

  /// Whom to ask for next; empty at the end.
  private String next;

  /// Who is silent takes its time, and is not asked again.
  private Optional<Silence> silence = Optional.empty();

  private TreeWalk(String start, Dns dns) {
    this.start = start;
    this.next = start;
    this.dns = dns;
  }

  /// `start` is a name in ASCII and lower case.
  static TreeWalk from(String start, Dns dns) {
    return new TreeWalk(start, dns);
  }

  private void step() throws Silence {
    String domain = next;
    Optional<DmarcRecord> record = published(domain);
    record.ifPresent(published -> found.add(new Found(domain, published)));
    boolean isEnd =
        record.isPresent()
            && (record.get().boundary() == Boundary.ORGANIZATION
                || (record.get().boundary() == Boundary.SUFFIX && !domain.equals(start)));
    next = isEnd ? "" : above(domain);
  }

  private void toTheEnd() throws Silence {
    while (!next.isEmpty()) {
      step();
    }
  }

  /// Several policies are none.
  private Optional<DmarcRecord> published(String domain) throws Silence {
    if (silence.isPresent()) {
      throw silence.get();
    }
    Answer<String> answer = dns.texts("_dmarc." + domain);
    if (answer instanceof Answer.Unknown<String>(var why)) {
      silence = Optional.of(new Silence(why));
      throw silence.get();
    }
    List<DmarcRecord> records =
        answer.found().stream().flatMap(text -> DmarcRecord.parse(text).stream()).toList();
    return records.size() == 1 ? Optional.of(records.getFirst()) : Optional.empty();
  }

  /// One label less, and of a long name only the last seven.
  private static String above(String domain) {
    String[] labels = domain.split("\\.", -1);
    int from = Math.max(1, labels.length - LABELS_MAX);
    return String.join(".", List.of(labels).subList(from, labels.length));
  }

  /// The policy for it: its own, or that of its organization, or the topmost, which is that of a
  /// suffix.
  Optional<Found> policy() throws Silence {
    if (next.equals(start)) {
      step();
    }
    Optional<Found> own = at(start);
    if (own.isPresent()) {
      return own;
    }
    String organization = organization();
    return at(organization).or(() -> found.reversed().stream().findFirst());
  }

  private Optional<Found> at(String domain) {
    return found.stream().filter(each -> each.domain.equals(domain)).findFirst();
  }

  /// The domain of those to whom it belongs; relaxed alignment is that two have the same.
  String organization() throws Silence {
    toTheEnd();
    String walked = walked();
    String registered = PublicSuffixes.registered(start).orElse(start);
    boolean isExplicit =
        found.stream()
            .anyMatch(each ->
                each.record.boundary() == Boundary.ORGANIZATION
                    || each.record.boundary() == Boundary.SUFFIX);
    return isExplicit || walked.length() > registered.length() ? walked : registered;
  }

  /// All that somebody could take for its organization: by the tree alone, or by the list alone.
  Set<String> organizations() throws Silence {
    toTheEnd();
    Set<String> all = new HashSet<>();
    all.add(walked());
    all.add(PublicSuffixes.registered(start).orElse(start));
    return all;
  }

  private String walked() {
    if (found.isEmpty()) {
      return PublicSuffixes.registered(start).orElse(start);
    }
    Found top = found.getLast();
    if (top.record.boundary() == Boundary.SUFFIX && !top.domain.equals(start)) {
      String below = start.substring(0, start.length() - top.domain.length() - 1);
      return below.substring(below.lastIndexOf('.') + 1) + "." + top.domain;
    }
    return top.domain;
  }
}
