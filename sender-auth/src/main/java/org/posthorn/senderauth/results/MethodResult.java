package org.posthorn.senderauth.results;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// What one method found for one identity (RFC 8601 §2.2): `dkim=fail (body hash did not verify)
/// header.d=example.org`. Values are as they were found; writing them safely is the header's job.
///
/// @param method `spf`, `dkim`, `dmarc`, `arc`, `iprev`, in lower case
/// @param result a result of that method's registry, in lower case: `pass`, `softfail`
/// @param reason for people, may be empty
public record MethodResult(String method, String result, String reason, List<Property> properties) {
  /// What was looked at: `header.d=example.org` is the property `d` of the type `header`.
  public record Property(String type, String name, String value) {}

  public MethodResult {
    properties = List.copyOf(properties);
  }

  /// Without properties.
  public static MethodResult of(String method, String result, String reason) {
    return new MethodResult(method, result, reason, List.of());
  }

  /// The same, with one property more.
  public MethodResult with(String type, String name, String value) {
    List<Property> more = new ArrayList<>(properties);
    more.add(new Property(type, name, value));
    return new MethodResult(method, result, reason, more);
  }

  public boolean passed() {
    return result.equals("pass");
  }

  /// The value of the first such property.
  public Optional<String> property(String type, String name) {
    return properties.stream()
        .filter(property -> property.type.equals(type) && property.name.equals(name))
        .map(Property::value)
        .findFirst();
  }
}
