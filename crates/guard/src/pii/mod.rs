//! Personal data: what reaches, names or identifies a person.
//!
//! An id with a check digit is believed when the digit agrees and either the shape or a word in front says what it is. A
//! bare number is never reported for its length alone.
//!
//! Invariants: every rule is exact and short, so that a stream can hold it back; nothing is looked up anywhere.

pub mod address_english;
pub mod address_german;
pub mod address_romance;
pub mod ar_cuit;
pub mod at_svnr;
pub mod au_abn;
pub mod au_medicare;
pub mod au_tfn;
pub mod balkan_emso;
pub mod bank_account;
pub mod be_national_number;
pub mod bg_egn;
pub mod bic;
pub mod bitcoin_base58;
pub mod bitcoin_segwit;
pub mod br_cnpj;
pub mod br_cpf;
pub mod ca_sin;
pub mod card;
pub mod card_code;
pub mod card_expiry;
pub mod ch_ahv;
mod checksum;
pub mod cl_rut;
pub mod cn_resident_id;
mod context;
pub mod cz_birth_number;
pub(crate) mod date;
pub mod date_of_birth;
pub mod de_bank_account;
pub mod de_health_insurance;
pub mod de_identity_card;
pub mod de_pension;
pub mod de_tax_id;
pub mod dk_cpr;
pub mod driver_licence;
pub mod ec_cedula;
pub mod ee_lt_personal_code;
pub mod email;
pub mod email_spelled;
pub mod es_dni;
pub mod ethereum_address;
pub mod fi_hetu;
pub mod fr_nir;
pub mod gb_bank_account;
pub mod gb_nhs;
pub mod gb_nino;
pub mod gb_utr;
pub mod gps;
pub mod gr_afm;
pub mod gr_amka;
pub mod hk_id;
pub mod hr_oib;
pub mod iban;
pub mod ie_pps;
pub mod il_id;
pub mod imei;
pub mod in_aadhaar;
pub mod in_pan;
pub mod ipv4;
pub mod ipv6;
pub mod it_codice_fiscale;
pub mod jp_my_number;
pub mod kr_rrn;
pub mod kz_iin;
pub mod mac;
pub mod mx_curp;
pub mod mx_rfc;
pub mod my_nric;
pub mod nl_bsn;
pub mod no_fodselsnummer;
pub mod nz_ird;
pub mod passport;
pub mod person_addressed;
pub mod person_introduced;
mod phone;
pub mod phone_context;
pub mod phone_international;
pub mod phone_national;
pub mod pl_pesel;
mod place;
pub mod pt_nif;
pub mod ro_cnp;
pub mod ru_inn;
pub mod ru_snils;
pub mod se_personnummer;
pub mod sg_nric;
#[cfg(test)]
mod tests;
pub mod th_id;
pub mod tr_tckn;
pub mod travel_document_zone;
pub mod tw_id;
pub mod ua_rnokpp;
pub mod us_dea;
pub mod us_ein;
pub mod us_itin;
pub mod us_mbi;
pub mod us_npi;
pub mod us_routing;
pub mod us_ssn;
pub mod us_zip;
pub mod vin;
pub mod za_id;

use crate::rule::Rule;

/// The rules of this family, by id.
pub const RULES: &[&Rule] = &[
    &email::RULE,
    &email_spelled::RULE,
    &phone_international::RULE,
    &phone_national::RULE,
    &phone_context::RULE,
    &card::RULE,
    &card_code::RULE,
    &card_expiry::RULE,
    &iban::RULE,
    &bic::RULE,
    &de_bank_account::RULE,
    &us_ssn::RULE,
    &us_itin::RULE,
    &us_ein::RULE,
    &us_routing::RULE,
    &bank_account::RULE,
    &passport::RULE,
    &driver_licence::RULE,
    &us_zip::RULE,
    &us_npi::RULE,
    &us_mbi::RULE,
    &us_dea::RULE,
    &gb_nhs::RULE,
    &gb_nino::RULE,
    &gb_bank_account::RULE,
    &gb_utr::RULE,
    &ca_sin::RULE,
    &de_tax_id::RULE,
    &de_identity_card::RULE,
    &de_pension::RULE,
    &de_health_insurance::RULE,
    &fr_nir::RULE,
    &es_dni::RULE,
    &it_codice_fiscale::RULE,
    &nl_bsn::RULE,
    &be_national_number::RULE,
    &pt_nif::RULE,
    &pl_pesel::RULE,
    &se_personnummer::RULE,
    &fi_hetu::RULE,
    &no_fodselsnummer::RULE,
    &dk_cpr::RULE,
    &ch_ahv::RULE,
    &at_svnr::RULE,
    &ie_pps::RULE,
    &ro_cnp::RULE,
    &bg_egn::RULE,
    &cz_birth_number::RULE,
    &hr_oib::RULE,
    &gr_afm::RULE,
    &gr_amka::RULE,
    &ee_lt_personal_code::RULE,
    &balkan_emso::RULE,
    &ru_snils::RULE,
    &ru_inn::RULE,
    &ua_rnokpp::RULE,
    &br_cpf::RULE,
    &br_cnpj::RULE,
    &mx_curp::RULE,
    &mx_rfc::RULE,
    &ar_cuit::RULE,
    &cl_rut::RULE,
    &ec_cedula::RULE,
    &in_aadhaar::RULE,
    &in_pan::RULE,
    &au_tfn::RULE,
    &au_medicare::RULE,
    &au_abn::RULE,
    &nz_ird::RULE,
    &sg_nric::RULE,
    &kr_rrn::RULE,
    &cn_resident_id::RULE,
    &jp_my_number::RULE,
    &za_id::RULE,
    &tr_tckn::RULE,
    &il_id::RULE,
    &hk_id::RULE,
    &tw_id::RULE,
    &th_id::RULE,
    &my_nric::RULE,
    &kz_iin::RULE,
    &ipv4::RULE,
    &ipv6::RULE,
    &mac::RULE,
    &date_of_birth::RULE,
    &address_english::RULE,
    &address_german::RULE,
    &address_romance::RULE,
    &gps::RULE,
    &bitcoin_segwit::RULE,
    &bitcoin_base58::RULE,
    &ethereum_address::RULE,
    &vin::RULE,
    &imei::RULE,
    &travel_document_zone::RULE,
    &person_introduced::RULE,
    &person_addressed::RULE,
];
