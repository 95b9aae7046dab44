package org.posthorn.mailet.test;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/// A test that is given a [ChainUnderTest]:
///
/// ```java
/// @MailetTest(chain = "chain.yaml", users = "ann@example.org")
/// void spamGoesToQuarantine(ChainUnderTest chain) {
///   chain.take("spam.eml").to("ann@example.org").endsIn("quarantine");
/// }
///
/// @MailetTest(steps = "{mailet: Stamp, text: seen}")
/// void stamps(ChainUnderTest chain) {
///   chain.takeText("Subject: hi\n\nhello\n").hasHeader("X-Stamp", "seen");
/// }
/// ```
///
/// Mailets and matchers of the project are found as the server finds them, through
/// `META-INF/services`; all that ship are there too. Nothing is delivered or sent: mailets are
/// asked for [org.posthorn.mailet.Mailet#rehearse], and what they do through their services is
/// noted.
@Test
@Documented
@ExtendWith(ChainParameter.class)
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.METHOD)
public @interface MailetTest {
  /// The file of the chain: beside the test class among the resources, or from the project's root.
  /// Without it, [#steps].
  String chain() default "";

  /// Steps in YAML for a chain that has nothing else: what goes through all of them is kept in the
  /// processor `root`, and there are empty `bounces` and `dead-letters`. One step may stand in
  /// braces, several in brackets or in lines with dashes.
  String steps() default "";

  /// Who has a mailbox; their domains are the server's.
  String[] users() default {"ann@example.org", "bob@example.org"};

  /// As `info@example.org = ann@example.org, eve@example.net`.
  String[] aliases() default {};

  /// Settings of the server, as `posthorn start --set` takes them.
  String[] settings() default {"hostname=mail.example.org"};
}
