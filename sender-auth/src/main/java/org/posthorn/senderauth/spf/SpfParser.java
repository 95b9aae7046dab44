package org.posthorn.senderauth.spf;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.posthorn.senderauth.spf.SpfRecord.Directive;
import org.posthorn.senderauth.spf.SpfRecord.Mechanism;
import org.posthorn.senderauth.spf.SpfRecord.Prefixes;

/// Reads a record (RFC 7208 §12). The whole record is read before any of it counts, so that an
/// error anywhere is found (§4.6).
final class SpfParser {
  private static final String VERSION = "v=spf1";

  /// The longest records that are in use have 4,000.
  private static final int RECORD_MAX_CHARS = 16_000;

  private static final Pattern IPV4 =
      Pattern.compile(
          "(0|[1-9]\\d{0,2})\\.(0|[1-9]\\d{0,2})\\.(0|[1-9]\\d{0,2})\\.(0|[1-9]\\d{0,2})");
  private static final Pattern IPV6 = Pattern.compile("[0-9A-Fa-f:.]{2,45}");
  private static final Pattern PREFIX = Pattern.compile("0|[1-9]\\d{0,2}");
  private static final Pattern NAME_OF_MODIFIER = Pattern.compile("[A-Za-z][A-Za-z0-9_.-]*=");
  private static final Pattern PREFIXES =
      Pattern.compile("(?<rest>.*?)(?:/(?<four>\\d+))?(?://(?<six>\\d+))?", Pattern.DOTALL);

  private final List<Directive> directives = new ArrayList<>();
  private Optional<MacroString> redirect = Optional.empty();
  private Optional<MacroString> explanation = Optional.empty();

  private SpfParser() {}

  /// Whether a TXT record is one of SPF's (RFC 7208 §4.5).
  static boolean isSpf(String text) {
    return text.regionMatches(/* ignoreCase= */ true, 0, VERSION, 0, VERSION.length())
        && (text.length() == VERSION.length() || text.charAt(VERSION.length()) == ' ');
  }

  static SpfRecord record(String text) throws SpfSyntax {
    if (text.length() > RECORD_MAX_CHARS) {
      throw new SpfSyntax("the record is longer than " + RECORD_MAX_CHARS + " characters");
    }
    SpfParser parser = new SpfParser();
    for (String term : text.substring(VERSION.length()).split(" ", -1)) {
      if (!term.isEmpty()) {
        parser.term(term);
      }
    }
    return new SpfRecord(parser.directives, parser.redirect, parser.explanation);
  }

  private void term(String term) throws SpfSyntax {
    Matcher modifier = NAME_OF_MODIFIER.matcher(term);
    if (modifier.lookingAt()) {
      String name = term.substring(0, modifier.end() - 1).toLowerCase(Locale.ROOT);
      modifier(name, term.substring(modifier.end()), term);
    } else {
      directives.add(directive(term));
    }
  }

  private void modifier(String name, String value, String term) throws SpfSyntax {
    switch (name) {
      case "redirect" -> redirect = Optional.of(once(redirect, value, term));
      case "exp" -> explanation = Optional.of(once(explanation, value, term));
      default -> MacroParser.macroString(value, term);
    }
  }

  private static MacroString once(Optional<MacroString> before, String value, String term)
      throws SpfSyntax {
    if (before.isPresent()) {
      throw new SpfSyntax("'" + SpfText.shown(term) + "' is a modifier that stands there twice");
    }
    return MacroParser.domainSpec(value, term);
  }

  private static Directive directive(String term) throws SpfSyntax {
    SpfCode onMatch =
        switch (term.charAt(0)) {
          case '-' -> SpfCode.FAIL;
          case '~' -> SpfCode.SOFTFAIL;
          case '?' -> SpfCode.NEUTRAL;
          default -> SpfCode.PASS;
        };
    String rest = "+-~?".indexOf(term.charAt(0)) >= 0 ? term.substring(1) : term;
    return new Directive(onMatch, mechanism(rest, term), SpfText.shown(term));
  }

  private static Mechanism mechanism(String rest, String term) throws SpfSyntax {
    int end = 0;
    while (end < rest.length() && rest.charAt(end) != ':' && rest.charAt(end) != '/') {
      end++;
    }
    String argument = rest.substring(end);
    return switch (rest.substring(0, end).toLowerCase(Locale.ROOT)) {
      case "all" -> {
        if (!argument.isEmpty()) {
          throw wrong(term);
        }
        yield new Mechanism.All();
      }
      case "include" -> new Mechanism.Include(domain(argument, term));
      case "exists" -> new Mechanism.Exists(domain(argument, term));
      case "ptr" -> new Mechanism.Ptr(domainIfAny(argument, term));
      case "a", "mx" -> withPrefixes(rest.charAt(0), argument, term);
      case "ip4" -> ip4(argument, term);
      case "ip6" -> ip6(argument, term);
      default -> throw new SpfSyntax("'" + SpfText.shown(term) + "' is no mechanism of SPF");
    };
  }

  private static Mechanism withPrefixes(char kind, String argument, String term) throws SpfSyntax {
    Matcher cut = PREFIXES.matcher(argument);
    if (!cut.matches()) {
      throw wrong(term);
    }
    Prefixes prefixes =
        new Prefixes(bits(cut.group("four"), 32, term), bits(cut.group("six"), 128, term));
    Optional<MacroString> domain = domainIfAny(cut.group("rest"), term);
    return Character.toLowerCase(kind) == 'a'
        ? new Mechanism.A(domain, prefixes)
        : new Mechanism.Mx(domain, prefixes);
  }

  private static Mechanism ip4(String argument, String term) throws SpfSyntax {
    String[] parts = parts(argument, term);
    Matcher four = IPV4.matcher(parts[0]);
    if (!four.matches()) {
      throw wrong(term);
    }
    for (int part = 1; part <= 4; part++) {
      if (Integer.parseInt(four.group(part)) > 255) {
        throw wrong(term);
      }
    }
    int bits = parts.length == 2 ? bits(parts[1], 32, term) : 32;
    return new Mechanism.Ip(InetAddress.ofLiteral(parts[0]), bits);
  }

  private static Mechanism ip6(String argument, String term) throws SpfSyntax {
    String[] parts = parts(argument, term);
    if (!IPV6.matcher(parts[0]).matches() || parts[0].indexOf(':') < 0) {
      throw wrong(term);
    }
    int bits = parts.length == 2 ? bits(parts[1], 128, term) : 128;
    try {
      InetAddress network = InetAddress.ofLiteral(parts[0]);
      // An IPv4 address in IPv6's clothes: no client of IPv6 comes from there (§5).
      return network instanceof Inet4Address
          ? new Mechanism.Ip(InetAddress.ofLiteral("::"), 128)
          : new Mechanism.Ip(network, bits);
    } catch (IllegalArgumentException _) {
      throw wrong(term);
    }
  }

  /// What is before and after the slash.
  private static String[] parts(String argument, String term) throws SpfSyntax {
    String[] parts = argument.isEmpty() ? new String[0] : argument.substring(1).split("/", -1);
    if (argument.isEmpty() || argument.charAt(0) != ':' || parts.length > 2) {
      throw wrong(term);
    }
    return parts;
  }

  private static int bits(@Nullable String written, int max, String term) throws SpfSyntax {
    if (written == null) {
      return max;
    }
    if (!PREFIX.matcher(written).matches() || Integer.parseInt(written) > max) {
      throw new SpfSyntax("'" + SpfText.shown(term) + "' has a length of a network that cannot be");
    }
    return Integer.parseInt(written);
  }

  private static MacroString domain(String argument, String term) throws SpfSyntax {
    return domainIfAny(argument, term).orElseThrow(() -> wrong(term));
  }

  private static Optional<MacroString> domainIfAny(String argument, String term) throws SpfSyntax {
    if (argument.isEmpty()) {
      return Optional.empty();
    }
    if (argument.charAt(0) != ':') {
      throw wrong(term);
    }
    return Optional.of(MacroParser.domainSpec(argument.substring(1), term));
  }

  private static SpfSyntax wrong(String term) {
    return new SpfSyntax("'" + SpfText.shown(term) + "' is not how this mechanism is written");
  }
}
