package org.posthorn.app.tlsreport;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.posthorn.message.AddressText;
import org.posthorn.smtp.outbound.TlsOutcomes;

/// What came of the connections of one day that one policy of one domain was about. Bounded: of
/// kinds of failures that do not fit any more only the sum is kept, and of a policy that does not
/// fit nothing.
public record DayResult(
    long successes,
    long failures,
    List<String> policyLines,
    List<String> servers,
    List<Kind> kinds) {
  static final DayResult EMPTY = new DayResult(0, 0, List.of(), List.of(), List.of());

  /// Of its text, which together with the counts has to fit into a value of the memories (4,096).
  private static final int POLICY_MAX_BYTES = 1_500;

  private static final int KINDS_MAX_BYTES = 2_200;
  private static final int KINDS_MAX = 30;
  private static final int TEXT_MAX = 300;
  private static final String FORM = "1";

  /// One kind of failure and how often it happened; what is not known is empty.
  public record Kind(
      String result, String own, String server, String address, String reason, long count) {
    private boolean isSameAs(Kind other) {
      return result.equals(other.result)
          && own.equals(other.own)
          && server.equals(other.server)
          && address.equals(other.address)
          && reason.equals(other.reason);
    }

    private Kind more() {
      return new Kind(result, own, server, address, reason, count + 1);
    }
  }

  public DayResult {
    policyLines = List.copyOf(policyLines);
    servers = List.copyOf(servers);
    kinds = List.copyOf(kinds);
  }

  /// With one more connection.
  DayResult and(TlsOutcomes.Policy policy, Optional<TlsOutcomes.Failure> failure) {
    List<String> lines = policy.lines().stream().map(DayResult::plain).toList();
    List<String> names = policy.servers().stream().map(DayResult::plain).toList();
    if (bytes(policyText(lines, names)) > POLICY_MAX_BYTES) {
      lines = List.of();
      names = List.of();
    }
    boolean unknown = policy.lines().isEmpty() && !policyLines.isEmpty();
    var counted =
        new DayResult(
            successes + (failure.isEmpty() ? 1 : 0),
            failures + (failure.isEmpty() ? 0 : 1),
            unknown ? policyLines : lines,
            unknown ? servers : names,
            kinds);
    return failure.map(counted::withKind).orElse(counted);
  }

  private DayResult withKind(TlsOutcomes.Failure failure) {
    var kind =
        new Kind(
            failure.result().toString(),
            failure.own().map(AddressText::of).orElse(""),
            plain(failure.server().orElse("")),
            failure.address().map(AddressText::of).orElse(""),
            plain(failure.reason()),
            1);
    List<Kind> all = new ArrayList<>(kinds);
    for (int i = 0; i < all.size(); i++) {
      if (all.get(i).isSameAs(kind)) {
        all.set(i, all.get(i).more());
        return new DayResult(successes, failures, policyLines, servers, all);
      }
    }
    all.add(kind);
    return all.size() <= KINDS_MAX && bytes(kindsText(all)) <= KINDS_MAX_BYTES
        ? new DayResult(successes, failures, policyLines, servers, all)
        : this;
  }

  String toText() {
    return FORM
        + "\t"
        + successes
        + "\t"
        + failures
        + policyText(policyLines, servers)
        + kindsText(kinds);
  }

  private static String policyText(List<String> lines, List<String> servers) {
    var text = new StringBuilder();
    lines.forEach(line -> text.append("\np\t").append(line));
    servers.forEach(server -> text.append("\ns\t").append(server));
    return text.toString();
  }

  private static String kindsText(List<Kind> kinds) {
    var text = new StringBuilder();
    kinds.forEach(kind ->
        text.append("\nf\t")
            .append(
                String.join(
                    "\t",
                    Long.toString(kind.count()),
                    kind.result(),
                    kind.own(),
                    kind.server(),
                    kind.address(),
                    kind.reason())));
    return text.toString();
  }

  /// Empty if a newer program wrote it.
  static DayResult of(String text) {
    String[] rows = text.split("\n", -1);
    String[] counts = rows[0].split("\t", -1);
    if (!counts[0].equals(FORM) || counts.length < 3) {
      return EMPTY;
    }
    List<String> lines = new ArrayList<>();
    List<String> servers = new ArrayList<>();
    List<Kind> kinds = new ArrayList<>();
    for (String row : rows) {
      String[] cells = row.split("\t", -1);
      switch (cells[0]) {
        case "p" -> lines.add(cells[1]);
        case "s" -> servers.add(cells[1]);
        case "f" ->
            kinds.add(
                new Kind(
                    cells[2], cells[3], cells[4], cells[5], cells[6], Long.parseLong(cells[1])));
        default -> {}
      }
    }
    return new DayResult(
        Long.parseLong(counts[1]), Long.parseLong(counts[2]), lines, servers, kinds);
  }

  private static String plain(String text) {
    String line = text.replaceAll("\\p{Cntrl}", " ").strip();
    return line.length() <= TEXT_MAX ? line : line.substring(0, TEXT_MAX);
  }

  private static int bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8).length;
  }
}
