package org.posthorn.senderauth.spf;

import java.net.InetAddress;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.posthorn.mailet.Dns;

/// The zone of one scenario of the suite. A record of type SPF counts as TXT where the name has no
/// TXT of its own.
final class SuiteZone implements Dns {
  private static final int ALIASES_MAX = 8;

  private final Map<String, List<?>> zone = new HashMap<>();

  SuiteZone(Map<?, ?> data) {
    data.forEach((name, records) -> zone.put(lower(name), (List<?>) records));
  }

  private static String lower(Object name) {
    String lower = name.toString().toLowerCase(Locale.ROOT);
    return lower.endsWith(".") ? lower.substring(0, lower.length() - 1) : lower;
  }

  private <T> Answer<T> answer(String name, String type, Function<Object, Optional<T>> reading) {
    String at = lower(name);
    for (int alias = 0; alias < ALIASES_MAX; alias++) {
      List<?> records = zone.get(at);
      if (records == null) {
        return new Answer.NoSuchName<>();
      }
      Optional<Object> other = values(records, "CNAME").stream().findFirst();
      if (other.isEmpty()) {
        List<Object> found = values(records, type);
        if (type.equals("TXT") && found.isEmpty()) {
          found = values(records, "SPF");
        }
        found = found.stream().filter(value -> !"NONE".equals(value)).toList();
        return found.isEmpty() && records.contains("TIMEOUT")
            ? new Answer.Unknown<>("timeout")
            : new Answer.Records<>(
                found.stream().flatMap(value -> reading.apply(value).stream()).toList());
      }
      at = lower(other.get());
    }
    return new Answer.Unknown<>("too many aliases");
  }

  private static List<Object> values(List<?> records, String type) {
    return records.stream()
        .filter(Map.class::isInstance)
        .<Object>map(record -> ((Map<?, ?>) record).get(type))
        .filter(value -> value != null)
        .toList();
  }

  @Override
  public Answer<Exchanger> exchangers(String domain) {
    return answer(
        domain,
        "MX",
        value ->
            value instanceof List<?> list
                ? Optional.of(new Exchanger((Integer) list.getFirst(), list.getLast().toString()))
                : Optional.empty());
  }

  @Override
  public Answer<InetAddress> addresses(String host) {
    throw new UnsupportedOperationException("SPF asks for one kind only");
  }

  @Override
  public Answer<InetAddress> ipv4Addresses(String host) {
    return answer(host, "A", value -> Optional.of(InetAddress.ofLiteral(value.toString())));
  }

  @Override
  public Answer<InetAddress> ipv6Addresses(String host) {
    return answer(host, "AAAA", value -> Optional.of(InetAddress.ofLiteral(value.toString())));
  }

  @Override
  public Answer<String> texts(String name) {
    return answer(
        name,
        "TXT",
        value ->
            Optional.of(
                value instanceof List<?> pieces
                    ? String.join("", pieces.stream().map(Object::toString).toList())
                    : value.toString()));
  }

  @Override
  public Answer<String> names(InetAddress address) {
    String dotted =
        new StringBuilder(MacroString.dotted(address.getAddress())).reverse().toString();
    if (address.getAddress().length == 4) {
      byte[] four = address.getAddress();
      dotted = MacroString.dotted(new byte[] {four[3], four[2], four[1], four[0]});
    }
    String arpa = address.getAddress().length == 4 ? ".in-addr.arpa" : ".ip6.arpa";
    return answer(dotted + arpa, "PTR", value -> Optional.of(lower(value)));
  }
}
