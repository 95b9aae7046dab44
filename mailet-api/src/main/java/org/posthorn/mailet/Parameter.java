package org.posthorn.mailet;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/// Says what a component of a record of parameters is for. The record is all there is to declare:
///
/// ```java
/// record Settings(
///     @Parameter("What is put in front of the subject.") String prefix,
///     @Parameter(value = "Larger messages are left alone.", otherwise = "2MB") long limitBytes,
///     @Parameter(value = "How long the address is remembered.", otherwise = "5d") Duration memory,
///     @Parameter("Where spam goes.") Optional<ProcessorName> above) {}
/// ```
///
/// In the configuration that is `prefix`, `limit`, `memory` and `above`: words are joined by
/// hyphens, and `Bytes` is left out, the unit being part of the value. A component may be a
/// `String`, `boolean`, `int`, `long`, `double`, a size (`long …Bytes`), a `Duration`, an enum
/// (`TOP_DOWN` is written `top-down`), a [org.posthorn.message.MailAddress], an [AddressPattern], a
/// [org.posthorn.message.Domain], an [AddressRange], a `URI`, a `ZoneId`, a `LocalTime` (`22:00`),
/// a regular expression (`Pattern`), a [ProcessorName], or a record of such components again; an
/// `Optional` or a `List` of those; or a `Map` of texts to one of those. What depends on two of
/// them, the record's constructor refuses with `IllegalArgumentException` or [ParameterException].
///
/// A record within the record is a block, here several of them:
///
/// ```java
/// record Settings(@Parameter(value = "What is late.", min = 1) List<Deadline> deadlines) {}
///
/// record Deadline(
///     @Parameter("Whose mail.") List<AddressPattern> senders,
///     @Parameter("After which time.") Duration after) {}
/// ```
///
/// ```yaml
/// deadlines:
///   - {senders: ["@example.org", ann@example.net], after: 2h}
///   - {senders: ["@example.com"], after: 5d}
/// ```
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.RECORD_COMPONENT)
public @interface Parameter {
  /// What it is for, in a sentence or two.
  String value();

  /// What counts when nothing is written, as one would write it. Without it a component that is no
  /// `Optional`, `List` or `Map` must be given; of a list, its members with commas between.
  String otherwise() default "";

  /// The least that makes sense, for whole numbers, sizes (bytes) and times (milliseconds): less
  /// than nothing only where it says so. Of a list or a block, how many there must be at least.
  long min() default 0;

  /// The most that makes sense.
  long max() default Long.MAX_VALUE;

  /// What somebody might write.
  String example() default "";
}
