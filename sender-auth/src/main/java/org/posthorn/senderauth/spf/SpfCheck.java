package org.posthorn.senderauth.spf;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.posthorn.mailet.Dns;
import org.posthorn.message.AddressText;
import org.posthorn.senderauth.spf.SpfLookups.Silence;
import org.posthorn.senderauth.spf.SpfRecord.Directive;
import org.posthorn.senderauth.spf.SpfRecord.Mechanism;

/// One check, which is `check_host()` of RFC 7208 §4. Used by one thread.
final class SpfCheck {
  /// @param from the domain whose record decided, and which may explain itself
  record Finding(SpfCode code, String reason, String from, Optional<MacroString> explanation) {
    static Finding of(SpfCode code, String reason, String from) {
      return new Finding(code, reason, from, Optional.empty());
    }
  }

  private final SpfLookups lookups;
  private final SpfQuery query;
  private final String receiver;
  private final InstantSource clock;
  private @Nullable List<String> names;

  SpfCheck(SpfLookups lookups, SpfQuery query, String receiver, InstantSource clock) {
    this.lookups = lookups;
    this.query = query;
    this.receiver = receiver;
    this.clock = clock;
  }

  /// The answer for the record of `domain`, whatever is in it.
  Finding run(String domain) {
    try {
      return checkHost(domain);
    } catch (SpfSyntax e) {
      return Finding.of(SpfCode.PERMERROR, e.what(), domain);
    } catch (Silence e) {
      return Finding.of(SpfCode.TEMPERROR, e.why(), domain);
    }
  }

  private Finding checkHost(String domain) throws SpfSyntax, Silence {
    Optional<String> text = published(domain);
    if (text.isEmpty()) {
      return Finding.of(SpfCode.NONE, SpfText.shown(domain) + " publishes no policy", domain);
    }
    SpfRecord record = SpfParser.record(text.get());
    for (Directive directive : record.directives()) {
      if (matches(directive, domain)) {
        String reason = "%s of %s".formatted(directive.written(), SpfText.shown(domain));
        return new Finding(directive.onMatch(), reason, domain, record.explanation());
      }
    }
    if (record.redirect().isPresent()) {
      return redirected(record.redirect().get(), domain);
    }
    return Finding.of(SpfCode.NEUTRAL, "no term of " + domain + " matches", domain);
  }

  private Optional<String> published(String domain) throws SpfSyntax, Silence {
    String plain = SpfLookups.cut(domain);
    if (plain.indexOf('.') < 0 || plain.startsWith("[") || !SpfLookups.isName(plain)) {
      return Optional.empty();
    }
    List<String> records =
        lookups.texts(plain).stream().filter(SpfParser::isSpf).distinct().toList();
    if (records.size() > 1) {
      throw new SpfSyntax(SpfText.shown(domain) + " publishes more than one policy");
    }
    return records.stream().findFirst();
  }

  private Finding redirected(MacroString redirect, String domain) throws SpfSyntax, Silence {
    String target = name(redirect, domain);
    lookups.term("redirect=" + SpfText.shown(target));
    Finding found = checkHost(target);
    if (found.code == SpfCode.NONE) {
      throw new SpfSyntax(
          "%s redirects to %s, which publishes no policy"
              .formatted(SpfText.shown(domain), SpfText.shown(target)));
    }
    return found;
  }

  private boolean matches(Directive directive, String domain) throws SpfSyntax, Silence {
    InetAddress client = query.client();
    return switch (directive.mechanism()) {
      case Mechanism.All _ -> true;
      case Mechanism.Ip(InetAddress network, int bits) ->
          SpfRecord.sameNetwork(client, network, bits);
      case Mechanism.Include(MacroString target) -> {
        lookups.term(directive.written());
        yield included(name(target, domain));
      }
      case Mechanism.A(Optional<MacroString> target, SpfRecord.Prefixes prefixes) -> {
        lookups.term(directive.written());
        yield lookups.addresses(nameOr(target, domain), client).stream()
            .anyMatch(address -> prefixes.match(client, address));
      }
      case Mechanism.Mx(Optional<MacroString> target, SpfRecord.Prefixes prefixes) -> {
        lookups.term(directive.written());
        yield exchanges(nameOr(target, domain), prefixes);
      }
      case Mechanism.Ptr(Optional<MacroString> target) -> {
        lookups.term(directive.written());
        String end = nameOr(target, domain);
        yield names().stream().anyMatch(name -> isUnder(name, end));
      }
      case Mechanism.Exists(MacroString target) -> {
        lookups.term(directive.written());
        yield lookups.exists(name(target, domain));
      }
    };
  }

  private boolean included(String target) throws SpfSyntax, Silence {
    Finding found = checkHost(target);
    if (found.code == SpfCode.NONE) {
      throw new SpfSyntax(
          "a record includes " + SpfText.shown(target) + ", which publishes no policy");
    }
    return found.code == SpfCode.PASS;
  }

  private boolean exchanges(String domain, SpfRecord.Prefixes prefixes) throws SpfSyntax, Silence {
    for (Dns.Exchanger exchanger : lookups.exchangers(domain)) {
      for (InetAddress address : lookups.addressesOfExchanger(exchanger.host(), query.client())) {
        if (prefixes.match(query.client(), address)) {
          return true;
        }
      }
    }
    return false;
  }

  private List<String> names() {
    List<String> known = names;
    if (known == null) {
      known = lookups.namesOf(query.client());
      names = known;
    }
    return known;
  }

  private static boolean isUnder(String name, String end) {
    String one = name.toLowerCase(Locale.ROOT);
    String other = end.toLowerCase(Locale.ROOT);
    return one.equals(other) || one.endsWith("." + other);
  }

  private String nameOr(Optional<MacroString> target, String domain) throws SpfSyntax {
    return target.isPresent() ? name(target.get(), domain) : domain;
  }

  private String name(MacroString target, String domain) throws SpfSyntax {
    return SpfLookups.cut(target.expand(letter -> value(letter, domain)));
  }

  /// RFC 7208 §7.2.
  private String value(char letter, String domain) {
    InetAddress client = query.client();
    return switch (letter) {
      case 's' -> query.sender();
      case 'l' -> query.localPart();
      case 'o' -> query.domain();
      case 'd' -> domain;
      case 'i' -> MacroString.dotted(client.getAddress());
      case 'p' -> validatedName(domain);
      case 'v' -> client instanceof Inet4Address ? "in-addr" : "ip6";
      case 'h' -> query.helo();
      case 'c' -> AddressText.of(client);
      case 'r' -> receiver;
      case 't' -> Long.toString(clock.instant().getEpochSecond());
      default -> throw new IllegalArgumentException("No such macro: " + letter);
    };
  }

  /// The domain itself, or one under it, or any.
  private String validatedName(String domain) {
    return names().stream()
        .filter(domain::equalsIgnoreCase)
        .findFirst()
        .or(() -> names().stream().filter(name -> isUnder(name, domain)).findFirst())
        .or(() -> names().stream().findFirst())
        .orElse("unknown");
  }

  /// What the domain that refused has to say (§6.2): nothing, if anything about it is wrong.
  Optional<String> explanation(Finding finding) {
    if (finding.explanation.isEmpty()) {
      return Optional.empty();
    }
    try {
      List<String> texts = lookups.texts(name(finding.explanation.get(), finding.from));
      if (texts.size() != 1) {
        return Optional.empty();
      }
      MacroString explanation = MacroParser.explainString(texts.getFirst());
      return Optional.of(
          SpfText.explanation(explanation.expand(letter -> value(letter, finding.from))));
    } catch (SpfSyntax | Silence _) {
      return Optional.empty();
    }
  }
}
