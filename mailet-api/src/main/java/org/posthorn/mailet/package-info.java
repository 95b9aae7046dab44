/// The plugin contract: what a mailet, matcher or gate sees of a mail, what it may decide, how it
/// is made. Depends on `org.posthorn.message`, JSpecify and the JDK, nothing else, ever.
///
/// What holds for all of it:
///
/// - *Nothing is null*, neither what you are given nor what you return; what may be missing is an
///   `Optional`. A null in what you make is refused at once, with a `NullPointerException`.
/// - *Values are immutable* records and may be kept and handed to other threads. Change them by
///   their `with…` methods and not by building them anew: a newer server may have put more into
///   them.
/// - *Whatever you make is used by many threads at once*: keep what you need in final fields. A
///   call may block; it has a time limit.
/// - *Whatever you throw* is a failure of this call and never loses a mail.
///   `IllegalArgumentException` from here means that the plugin asked for something that makes no
///   sense. When the server's own storage is in trouble, its services throw other runtime
///   exceptions: let them pass, and the mail is tried again.
/// - *Units* are in names and types: `…Bytes`, `Duration`, `Instant`.
///
/// How it grows, within a major version of the API:
///
/// - What was compiled against an older version goes on working. A record may get components behind
///   its last, and then the old constructor stays; who takes such a record apart with a pattern may
///   have to name one more when compiling anew. Accessors have no such trouble.
/// - Interfaces that plugins implement get methods with a default. Those that only the server
///   implements ([Message], [Services] and what it gives) may get any: do not implement them but in
///   tests.
/// - What you *return* ([Outcome], [Verdict]) may get new kinds; who looks at those of others
///   writes a `default`. What you are *given* ([Dns.Answer], [Http.Answer], [Directory.Meaning])
///   gets none, so a `switch` over all of them is good for ever. An enum may get constants.
@NullMarked
package org.posthorn.mailet;

import org.jspecify.annotations.NullMarked;
