package org.posthorn.senderauth.arc;

import org.posthorn.message.Domain;

/// What one server on the way has added.
///
/// @param instance 1 for the first
/// @param sealer who has sealed it (`d=` of the seal)
/// @param selector of the seal's key
/// @param results what the sealer says of the message as it came, in the form of
///   `Authentication-Results` without the name of the field and the instance
public record ArcSet(int instance, Domain sealer, String selector, String results) {}
