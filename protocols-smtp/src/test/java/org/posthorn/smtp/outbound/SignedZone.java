package org.posthorn.smtp.outbound;

import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.time.Duration;
import java.time.Instant;
import org.xbill.DNS.DClass;
import org.xbill.DNS.DNSKEYRecord;
import org.xbill.DNS.DNSSEC;
import org.xbill.DNS.DSRecord;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.NSECRecord;
import org.xbill.DNS.Name;
import org.xbill.DNS.RRset;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.TextParseException;
import org.xbill.DNS.Type;

/// Signs what a DNS server of the tests answers (RFC 4035), all from the root, and says so by the
/// AD bit. Not signed is what is under `plain.example`; names with `bogus` have no signatures
/// though they should.
final class SignedZone {
  private static final long TTL_SECONDS = 60;

  private final KeyPair pair;
  private final DNSKEYRecord key;

  SignedZone() {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(256);
      pair = generator.generateKeyPair();
      key =
          new DNSKEYRecord(
              Name.root,
              DClass.IN,
              TTL_SECONDS,
              DNSKEYRecord.Flags.ZONE_KEY | DNSKEYRecord.Flags.SEP_KEY,
              DNSKEYRecord.Protocol.DNSSEC,
              DNSSEC.Algorithm.ECDSAP256SHA256,
              pair.getPublic());
    } catch (GeneralSecurityException | DNSSEC.DNSSECException e) {
      throw new IllegalStateException(e);
    }
  }

  /// The DS record that a resolver has to know.
  String anchor() {
    return new DSRecord(Name.root, DClass.IN, TTL_SECONDS, DNSSEC.Digest.SHA256, key)
        .rdataToString();
  }

  void sign(Message reply) {
    Record question = reply.getQuestion();
    Name name = question.getName();
    try {
      Name plain = Name.fromString("plain.example.");
      if (name.subdomain(plain) && !(name.equals(plain) && question.getType() == Type.DS)) {
        return;
      }
      if (question.getType() == Type.DNSKEY && name.equals(Name.root)) {
        reply.removeAllRecords(Section.AUTHORITY);
        reply.addRecord(key, Section.ANSWER);
      }
      reply.getHeader().setRcode(Rcode.NOERROR);
      if (reply.getSection(Section.ANSWER).isEmpty()) {
        reply.addRecord(denial(name, name.equals(plain)), Section.AUTHORITY);
      }
      if (!name.toString().contains("bogus")) {
        if (reply.getSection(Section.ANSWER).stream()
            .noneMatch(record -> record.getName().subdomain(plain))) {
          reply.getHeader().setFlag(Flags.AD);
        }
        signSection(reply, Section.ANSWER);
        signSection(reply, Section.AUTHORITY);
      }
    } catch (TextParseException | DNSSEC.DNSSECException e) {
      throw new IllegalStateException(e);
    }
  }

  /// The name is there, but not what was asked for (RFC 4470).
  private static NSECRecord denial(Name name, boolean delegated) throws TextParseException {
    int[] types =
        delegated ? new int[] {Type.NS, Type.RRSIG, Type.NSEC} : new int[] {Type.RRSIG, Type.NSEC};
    return new NSECRecord(name, DClass.IN, TTL_SECONDS, Name.fromString("\\000", name), types);
  }

  private void signSection(Message reply, int section) throws DNSSEC.DNSSECException {
    Instant now = Instant.now();
    for (RRset records : reply.getSectionRRsets(section)) {
      if (records.getName().toString().endsWith("plain.example.") && section == Section.ANSWER) {
        continue; // An alias led there.
      }
      reply.addRecord(
          DNSSEC.sign(
              records,
              key,
              pair.getPrivate(),
              now.minus(Duration.ofHours(1)),
              now.plus(Duration.ofHours(1))),
          section);
    }
  }
}
