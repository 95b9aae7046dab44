package org.posthorn.mailets.match;

import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Predicate;
import org.posthorn.mailet.Mail;
import org.posthorn.mailet.Matcher;
import org.posthorn.mailet.MatcherFactory;
import org.posthorn.mailet.Recipient;
import org.posthorn.mailet.Services;

/// A factory that is told all there is to say about its matcher.
record Shipped<P extends Record>(
    String name, String summary, Class<P> parameters, BiFunction<P, Services, Matcher> making)
    implements MatcherFactory<P> {

  /// One that looks at the mail and chooses all recipients or none.
  static <P extends Record> MatcherFactory<P> ofMails(
      String name, String summary, Class<P> parameters, Function<P, Predicate<Mail>> test) {
    return new Shipped<>(
        name, summary, parameters, (settings, _) -> Whole.matcher(test.apply(settings)));
  }

  /// One that looks at each recipient.
  static <P extends Record> MatcherFactory<P> ofRecipients(
      String name, String summary, Class<P> parameters, Function<P, Predicate<Recipient>> test) {
    return new Shipped<>(name, summary, parameters, (settings, _) -> each(test.apply(settings)));
  }

  static Matcher each(Predicate<Recipient> test) {
    return mail -> mail.recipients().stream().filter(test).toList();
  }

  @Override
  public Matcher create(P settings, Services services) {
    return making.apply(settings, services);
  }
}
