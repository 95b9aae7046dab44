package org.posthorn.mailets.smime;

import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.nist.NISTObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;

/// The ciphers for contents that are known here (RFC 8551 §2.7).
@SuppressWarnings("ImmutableEnumChecker") // An object identifier never changes.
enum Ciphers {
  AES_256_GCM(NISTObjectIdentifiers.id_aes256_GCM, true),
  AES_128_GCM(NISTObjectIdentifiers.id_aes128_GCM, true),
  AES_192_GCM(NISTObjectIdentifiers.id_aes192_GCM, true),
  AES_256_CBC(NISTObjectIdentifiers.id_aes256_CBC, false),
  AES_192_CBC(NISTObjectIdentifiers.id_aes192_CBC, false),
  AES_128_CBC(NISTObjectIdentifiers.id_aes128_CBC, false),
  /// Of old mail.
  TRIPLE_DES(PKCSObjectIdentifiers.des_EDE3_CBC, false);

  final ASN1ObjectIdentifier oid;

  /// Whether a change of the bytes on the way is noticed.
  final boolean authenticated;

  Ciphers(ASN1ObjectIdentifier oid, boolean authenticated) {
    this.oid = oid;
    this.authenticated = authenticated;
  }

  private static final Map<String, Ciphers> BY_OID =
      Arrays.stream(values()).collect(Collectors.toMap(each -> each.oid.getId(), each -> each));

  static Optional<Ciphers> of(ASN1ObjectIdentifier oid) {
    return Optional.ofNullable(BY_OID.get(oid.getId()));
  }

  /// Such as `aes-256-gcm`.
  String word() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
