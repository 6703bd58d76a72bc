/**
 * Shapes of what the server says, for the type checker. Nothing here runs; use them as
 * `@typedef {import("/static/common/types.js").Transaction} Transaction`.
 *
 * @typedef {object} Person The person who is logged in.
 * @property {number} id
 * @property {string} name
 * @property {string} username
 * @property {string | null} [room_number] A therapist's own room.
 *
 * @typedef {object} Boot What the server put into the page.
 * @property {string} shop_name
 * @property {string | null} logo Where the shop's logo is, if it has one.
 * @property {string} currency ISO 4217 code.
 * @property {string} locale BCP 47 language tag: the page's language when it was loaded.
 * @property {Language[]} languages Those that this shop offers.
 * @property {string | null} language_cookie Where the reader's choice is kept, if it is.
 * @property {number} selecting_timeout_seconds
 * @property {string} csrf_token
 * @property {Person | null} me
 * @property {boolean} demo
 * @property {string} [ticket_token] Only on a customer's own page.
 * @property {PaymentMethod[]} payment_methods On the cashier's page, in the order of its buttons.
 *
 * @typedef {object} PaymentMethod
 * @property {string} name
 * @property {string} label
 * @property {import("./icons.js").IconName} icon
 * @property {string} received
 * @property {string} received_for
 * @property {boolean} gives_change Whether more than is due may be handed over.
 * @property {string} instruction
 * @property {boolean} asks_reference
 *
 * @typedef {object} Language
 * @property {string} code
 * @property {string} name What its own speakers call it.
 * @property {"ltr" | "rtl"} dir
 * @property {string} messages Where its catalogue is.
 *
 * @typedef {object} Failure
 * @property {false} ok
 * @property {string} error A sentence for people.
 * @property {string} code A word for programs.
 * @property {number} [retry_after] Seconds, when too many attempts were made.
 *
 * @typedef {{ok: true} & Record<string, any>} Success
 * @typedef {Success | Failure} Answer
 *
 * @typedef {object} Item One service that a customer chose.
 * @property {number} id
 * @property {number} service_id
 * @property {string} service_name
 * @property {number} service_classification_id
 * @property {string} classification_name
 * @property {number} price
 * @property {number} duration_minutes
 *
 * @typedef {object} Payment
 * @property {number} amount_due
 * @property {number} amount_paid
 * @property {number} change_amount
 * @property {string} method Name of a payment method.
 * @property {string} created_at ISO 8601, as every time here.
 *
 * @typedef {object} Transaction
 * @property {number} id
 * @property {string | null} code
 * @property {string} status
 * @property {string | null} therapist
 * @property {number | null} [therapist_id]
 * @property {string | null} cashier
 * @property {number | null} [cashier_id]
 * @property {string | null} room_number
 * @property {number} total_amount
 * @property {number} total_duration_minutes
 * @property {string | null} created_at
 * @property {string | null} selection_confirmed_at
 * @property {string | null} therapist_confirmed_at
 * @property {string | null} service_start_at
 * @property {string | null} service_finish_at
 * @property {string | null} cashier_claimed_at
 * @property {string | null} paid_at
 * @property {Item[]} items
 * @property {Payment | null} payment
 * @property {string[]} allowed_events What the state machine permits now.
 * @property {number | null} [estimated_wait_minutes] Only while waiting.
 *
 * @typedef {Record<string, {name?: string, description?: string}>} Names By language, where the shop
 *   has translated them.
 *
 * @typedef {object} Classification A variant of a service: what is chosen in the end.
 * @property {Names} [translations]
 * @property {number} id
 * @property {string} name
 * @property {number} price
 * @property {number} duration_minutes
 *
 * @typedef {object} Service
 * @property {Names} [translations]
 * @property {number} id
 * @property {string} name
 * @property {string | null} description
 * @property {Classification[]} classifications
 *
 * @typedef {object} Category
 * @property {Names} [translations]
 * @property {number} id
 * @property {string} name
 * @property {Service[]} services
 *
 * @typedef {object} Catalog The body of `/api/catalog`.
 * @property {string} currency
 * @property {Category[]} categories
 *
 * @typedef {object} Call
 * @property {string} code
 * @property {string} room_number
 * @property {string} at
 *
 * @typedef {object} Waiting
 * @property {string} code
 * @property {number | null} estimated_wait_minutes Null when nobody can say.
 *
 * @typedef {object} Board The body of `board_updated`.
 * @property {number} version
 * @property {Call[]} calls Newest first.
 * @property {Waiting[]} waiting Next first.
 *
 * @typedef {object} Room
 * @property {string} room_number
 * @property {string} status `available`, `occupied` or `preparing`.
 * @property {number | null} current_transaction_id
 * @property {string | null} therapist
 *
 * @typedef {object} Queue The body of `queue_updated`.
 * @property {number} version
 * @property {string} now The server's time when this was sent.
 * @property {Transaction[]} pending
 * @property {Transaction[]} in_progress
 * @property {Transaction[]} finished
 * @property {{pending: number, in_progress: number, finished: number}} counts
 * @property {Room[]} rooms
 *
 * @typedef {object} Printer
 * @property {string} name
 * @property {string[]} roles `ticket`, `receipt`, `report`.
 * @property {string[]} fallback_roles What it prints only while the others cannot.
 * @property {boolean} online
 * @property {"ok" | "low" | "out" | "unknown"} paper
 * @property {boolean} cover_open
 * @property {string | null} error
 * @property {string | null} need What it needs, without its name; null when it prints.
 * @property {string | null} problem The same as a ready English sentence with its name.
 *
 * @typedef {object} Devices The body of `devices_updated`.
 * @property {number} version
 * @property {Printer[]} printers
 * @property {{name: string, online: boolean}[]} peripherals
 * @property {{ticket: number, receipt: number, report: number}} jobs_waiting
 * @property {PrintJob[]} jobs What is owed, oldest first, at most 50.
 *
 * @typedef {object} PrintJob
 * @property {number} id
 * @property {"ticket" | "receipt" | "report"} kind
 * @property {"waiting" | "leased" | "printed" | "dropped" | "held"} state
 * @property {boolean} copy Paper may be out already, so this one is marked COPY.
 * @property {number | null} transaction_id
 * @property {string | null} code
 * @property {string | null} printer Where it goes or was tried last.
 * @property {string | null} error Why it did not come out, without the printer's name.
 * @property {string | null} question What somebody has to decide about it.
 * @property {string} created_at
 *
 * @typedef {object} TicketStatus The body of `/api/t/<token>`.
 * @property {number} version
 * @property {string} code
 * @property {string} status
 * @property {number | null} people_before
 * @property {number | null} estimated_wait_minutes
 * @property {string | null} room_number
 */

export {};
