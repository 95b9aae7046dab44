package org.posthorn.mailet;

import java.net.InetAddress;
import java.util.List;

/// Questions to the DNS, with answers kept as long as they allow, also that there is none. Each
/// question has a time limit; the calling thread waits. Names are always whole: no search list is
/// tried, and a dot at the end is not needed. Safe for use by many threads.
///
/// ```java
/// boolean sendsMail = switch (services.dns().exchangers("example.org")) {
///   case Dns.Answer.Records<Dns.Exchanger>(var exchangers) -> !exchangers.isEmpty();
///   case Dns.Answer.NoSuchName<Dns.Exchanger>() -> false;
///   case Dns.Answer.Unknown<Dns.Exchanger>(String why) -> true; // in doubt, for the client
/// };
/// ```
public interface Dns {
  /// What the DNS says: records (none is an answer too), that there is no such name, or that it
  /// could not be asked.
  sealed interface Answer<T> {
    record Records<T>(List<T> records) implements Answer<T> {
      public Records {
        records = List.copyOf(records);
      }
    }

    record NoSuchName<T>() implements Answer<T> {}

    record Unknown<T>(String why) implements Answer<T> {}

    /// The records; none where there is no such name or nobody could be asked.
    default List<T> found() {
      return switch (this) {
        case Records<T>(List<T> records) -> records;
        case NoSuchName<T> _, Unknown<T> _ -> List.of();
      };
    }

    default boolean isUnknown() {
      return this instanceof Unknown<T>;
    }
  }

  /// A mail exchanger; an empty name is the null MX (RFC 7505).
  record Exchanger(int preference, String host) {}

  Answer<Exchanger> exchangers(String domain);

  /// IPv6 and IPv4 in turns.
  Answer<InetAddress> addresses(String host);

  /// Only IPv4, as block lists answer.
  Answer<InetAddress> ipv4Addresses(String host);

  Answer<InetAddress> ipv6Addresses(String host);

  /// TXT records, their pieces joined without anything between them. Each byte is one character
  /// (ISO 8859-1), so that whoever wants UTF-8 loses nothing.
  Answer<String> texts(String name);

  /// The names of an address, by its PTR records.
  Answer<String> names(InetAddress address);
}
