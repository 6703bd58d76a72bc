/** What the server put into the page when it was loaded. */

/** @typedef {import("./types.js").Boot} Boot */

/**
 * @typedef {import("./types.js").PaymentMethod & {icon: import("./icons.js").IconName}
 *   } PaymentMethod
 */

/** @typedef {Required<Pick<Boot, "cash_rounding" | "denominations" | "therapists">>} Till */

/** @typedef {Omit<import("./types.js").SectionLink, "icon"> & {icon: import("./icons.js").IconName}} Section */

/** @returns {Omit<Boot, "payment_methods" | "sections"> & Till & {payment_methods: PaymentMethod[], sections: Section[]}} */
function readBoot() {
  const text = document.getElementById("boot")?.textContent;
  return {
    shop_name: "",
    logo: null,
    currency: "USD",
    time_zone: "UTC",
    locale: "en",
    dir: "ltr",
    languages: [],
    language_cookie: null,
    selecting_timeout_seconds: 120,
    log_in_seconds: 24 * 60 * 60,
    csrf_token: "",
    me: null,
    payment_methods: [],
    denominations: [],
    cash_rounding: null,
    therapists: [],
    sections: [],
    demo: false,
    ...(text ? JSON.parse(text) : {}),
  };
}

export const boot = readBoot();
