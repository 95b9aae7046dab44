package org.posthorn.mailets.match;

import java.net.InetAddress;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.posthorn.mailet.AddressRange;
import org.posthorn.mailet.Mail;
import org.posthorn.mailet.MatcherFactory;
import org.posthorn.mailet.Parameter;
import org.posthorn.mailet.ParameterException;
import org.posthorn.message.EncodedWord;
import org.posthorn.message.HeaderField;

/// Matchers that look at header fields. Values are read as people see them: unfolded, encoded words
/// (RFC 2047) decoded.
final class HeaderMatchers {
  private HeaderMatchers() {}

  static List<MatcherFactory<?>> all() {
    return List.of(
        headerMatches(),
        hasHeaderWithPrefix(),
        headerNumberOver(),
        headerNumberUnder(),
        headerAddressIs(),
        hopsOver());
  }

  /// The values of all fields of this name.
  static Stream<String> values(Mail mail, String name) {
    return mail.message().headers().stream()
        .filter(field -> field.is(name))
        .map(HeaderField::value)
        .map(EncodedWord::decode);
  }

  record FieldPattern(
      @Parameter(value = "The name of the field.", example = "From") String name,
      @Parameter(
              value =
                  "Looked for anywhere in the field, in any case; ^ and $ are its ends. Only the"
                      + " first 2,000 characters are looked at.",
              example = "@example.[a-z]+>?$")
          Pattern pattern) {}

  /// Messages with a field of this name in which the expression is found:
  /// `HeaderMatches(From, @example.[a-z]+>?$)`.
  private static MatcherFactory<?> headerMatches() {
    return Shipped.ofMails(
        "HeaderMatches",
        "Messages with a header field that fits a regular expression.",
        FieldPattern.class,
        settings -> {
          var expression = new Expression(settings.pattern);
          return mail -> values(mail, settings.name).anyMatch(expression::isIn);
        });
  }

  record Prefix(
      @Parameter(value = "How the name begins, in any case.", example = "X-Spam-") String prefix) {}

  /// Messages with a field whose name begins so: `HasHeaderWithPrefix(X-Spam-)`.
  private static MatcherFactory<?> hasHeaderWithPrefix() {
    return Shipped.ofMails(
        "HasHeaderWithPrefix",
        "Messages with a header field whose name begins so.",
        Prefix.class,
        settings -> {
          String prefix = settings.prefix.toLowerCase(Locale.ROOT);
          return mail ->
              mail.message().headers().stream()
                  .anyMatch(field -> field.name().toLowerCase(Locale.ROOT).startsWith(prefix));
        });
  }

  record FieldNumber(
      @Parameter(value = "The name of the field.", example = "X-Spam-Score") String name,
      @Parameter(value = "The number, such as 5 or -1.5.", example = "5") double number) {
    FieldNumber {
      if (!Double.isFinite(number)) {
        throw new ParameterException("parameter 'number' should be a number such as 0.5");
      }
    }
  }

  /// Messages with a field that begins with a larger number: `HeaderNumberOver(X-Spam-Score, 5)`. A
  /// field without a number is passed over.
  private static MatcherFactory<?> headerNumberOver() {
    return Shipped.ofMails(
        "HeaderNumberOver",
        "Messages with a header field that begins with a larger number.",
        FieldNumber.class,
        settings -> hasNumber(settings.name, number -> number > settings.number));
  }

  /// Messages with a field that begins with a smaller number: `HeaderNumberUnder(X-Score, 0)`.
  private static MatcherFactory<?> headerNumberUnder() {
    return Shipped.ofMails(
        "HeaderNumberUnder",
        "Messages with a header field that begins with a smaller number.",
        FieldNumber.class,
        settings -> hasNumber(settings.name, number -> number < settings.number));
  }

  private static Predicate<Mail> hasNumber(String name, Predicate<Double> test) {
    return mail ->
        values(mail, name).map(HeaderMatchers::number).flatMap(Optional::stream).anyMatch(test);
  }

  /// What stands first in `5.3 / 15.0` or in `-1`.
  private static Optional<Double> number(String value) {
    int end = 0;
    while (end < Math.min(value.length(), 30)
        && ("0123456789.".indexOf(value.charAt(end)) >= 0
            || (end == 0 && "+-".indexOf(value.charAt(0)) >= 0))) {
      end++;
    }
    try {
      return Optional.of(Double.valueOf(value.substring(0, end)));
    } catch (NumberFormatException _) {
      return Optional.empty();
    }
  }

  record FieldAddress(
      @Parameter(value = "The name of the field.", example = "X-Originating-IP") String name,
      @Parameter(
              value = "IP addresses and networks.",
              min = 1,
              example = "192.0.2.7, 198.51.100.0/24")
          List<AddressRange> networks) {}

  /// Messages with a field that is an IP address of these networks, with or without brackets:
  /// `HeaderAddressIs(X-Originating-IP, 192.0.2.0/24)`.
  private static MatcherFactory<?> headerAddressIs() {
    return Shipped.ofMails(
        "HeaderAddressIs",
        "Messages with a header field that is an IP address of one of these networks.",
        FieldAddress.class,
        settings ->
            mail ->
                values(mail, settings.name)
                    .map(HeaderMatchers::address)
                    .flatMap(Optional::stream)
                    .anyMatch(one ->
                        settings.networks.stream().anyMatch(network -> network.contains(one))));
  }

  private static Optional<InetAddress> address(String value) {
    String bare =
        value.startsWith("[") && value.endsWith("]")
            ? value.substring(1, value.length() - 1)
            : value;
    try {
      return Optional.of(InetAddress.ofLiteral(bare.strip()));
    } catch (IllegalArgumentException _) {
      return Optional.empty();
    }
  }

  record Hops(@Parameter(value = "How many may be.", min = 0, example = "30") int count) {}

  /// Messages that went through more servers, by their Received lines: `HopsOver(30)`. The line of
  /// this server counts.
  private static MatcherFactory<?> hopsOver() {
    return Shipped.ofMails(
        "HopsOver",
        "Messages that went through more than so many servers.",
        Hops.class,
        settings ->
            mail ->
                mail.message().headers().stream().filter(field -> field.is("Received")).count()
                    > settings.count);
  }
}
