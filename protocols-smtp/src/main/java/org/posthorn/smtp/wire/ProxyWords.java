package org.posthorn.smtp.wire;

import java.net.InetAddress;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.posthorn.message.MailAddress;
import org.posthorn.message.Xtext;
import org.posthorn.net.Network;

/// What a proxy says with XCLIENT about the client for which it speaks. Names are in upper case,
/// values are checked, for they end up in trace lines and decide who may do what; the empty value
/// is what the proxy does not know.
public record ProxyWords(Map<String, String> attributes) {
  public static final ProxyWords NONE = new ProxyWords(Map.of());

  private static final String UNAVAILABLE = "[UNAVAILABLE]";
  private static final String TEMPORARILY = "[TEMPUNAVAIL]";
  private static final String IPV6 = "IPV6:";
  private static final int PORT_MAX = 65_535;
  private static final Set<String> NAMES =
      Set.of("NAME", "ADDR", "PORT", "PROTO", "HELO", "LOGIN", "DESTADDR", "DESTPORT");

  /// Nobody's address, so nobody is taken for the proxy or for a neighbour.
  private static final String NO_ADDRESS = "0.0.0.0";

  public ProxyWords {
    attributes = Map.copyOf(attributes);
  }

  /// Reads `NAME=value ...`, values as xtext, also of UTF-8.
  public static ProxyWords parse(String text) throws SmtpSyntaxException {
    Map<String, String> attributes = new HashMap<>();
    for (String word : text.strip().split(" +", -1)) {
      int equals = word.indexOf('=');
      String name = word.substring(0, Math.max(0, equals)).toUpperCase(Locale.ROOT);
      if (!NAMES.contains(name)) {
        throw SmtpParser.badArguments("Expected attributes that are announced");
      }
      String value = Xtext.decodeUtf8(word.substring(equals + 1)).orElseThrow(() -> bad(name));
      boolean unknown = value.equalsIgnoreCase(UNAVAILABLE) || value.equalsIgnoreCase(TEMPORARILY);
      if (value.isEmpty() || attributes.put(name, unknown ? "" : checked(name, value)) != null) {
        throw bad(name);
      }
    }
    return new ProxyWords(attributes);
  }

  /// What was said before holds until it is said otherwise.
  public ProxyWords and(ProxyWords more) {
    Map<String, String> all = new HashMap<>(attributes);
    all.putAll(more.attributes);
    return new ProxyWords(all);
  }

  /// Empty where nothing was said of it.
  public Optional<InetAddress> address() {
    return Optional.ofNullable(attributes.get("ADDR"))
        .map(text -> Network.address(text.isEmpty() ? NO_ADDRESS : text));
  }

  public Optional<String> name() {
    return known("NAME");
  }

  public Optional<String> helo() {
    return known("HELO");
  }

  /// Whether the client said EHLO.
  public boolean extended() {
    return known("PROTO").filter("SMTP"::equals).isEmpty();
  }

  public Optional<MailAddress> login() {
    return known("LOGIN").flatMap(MailAddress::parse);
  }

  private Optional<String> known(String attribute) {
    return Optional.ofNullable(attributes.get(attribute)).filter(value -> !value.isEmpty());
  }

  private static String checked(String name, String value) throws SmtpSyntaxException {
    Optional<String> checked =
        switch (name) {
          case "NAME" -> Optional.of(value).filter(SmtpParser::isClientName);
          case "HELO" -> SmtpParser.clientName(value);
          case "ADDR", "DESTADDR" -> Optional.of(literal(value)).filter(Network::isAddress);
          case "PORT", "DESTPORT" -> Optional.of(value).filter(ProxyWords::isPort);
          case "PROTO" ->
              Optional.of(Cursor.upper(value))
                  .filter(proto -> proto.equals("SMTP") || proto.equals("ESMTP"));
          default -> Optional.of(value).filter(login -> MailAddress.parse(login).isPresent());
        };
    return checked.orElseThrow(() -> bad(name));
  }

  private static String literal(String value) {
    return value.regionMatches(true, 0, IPV6, 0, IPV6.length())
        ? value.substring(IPV6.length())
        : value;
  }

  private static boolean isPort(String value) {
    return SmtpParser.isNumber(value) && value.length() <= 5 && Integer.parseInt(value) <= PORT_MAX;
  }

  private static SmtpSyntaxException bad(String name) {
    return SmtpParser.badArguments(name + " has a bad value");
  }
}
